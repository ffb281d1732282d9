// FaceData
